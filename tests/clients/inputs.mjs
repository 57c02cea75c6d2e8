// What the clients are started with, and the documents they send.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`documents/${name}.graphql`, import.meta.url), "utf8");

export const url = `${process.env.FAVAD_URL}/graphql`;
export const headers = { authorization: `Bearer ${process.env.FAVAD_KEY}` };
export const input = JSON.parse(process.argv[2] ?? "null");
export const REGISTER = `${read("register")}\n${read("row")}`;
export const CASES = `${read("cases")}\n${read("row")}`;
export const CHANGES = `${read("changes")}\n${read("row")}`;
export const say = (found) => console.log(JSON.stringify(found));
