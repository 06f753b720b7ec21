/** What tsc knows of the module beside this file. */
export { default } from "htm";
