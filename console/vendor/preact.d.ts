/** What tsc knows of the module beside this file. */
export * from "preact";
