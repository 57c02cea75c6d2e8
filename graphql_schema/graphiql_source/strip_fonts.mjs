// Takes the embedded fonts out of a style sheet: the pages' policy does not load them.
import { readFileSync, writeFileSync } from "node:fs";

const [, , path] = process.argv;
writeFileSync(path, readFileSync(path, "utf8").replace(/@font-face\s*\{[^}]*\}/g, ""));
