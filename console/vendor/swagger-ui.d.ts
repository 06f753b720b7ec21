/** What tsc knows of the script beside this file: it leaves one name in the window. */
export {};
