// What the type check must refuse: each line marked so would be an error of the program.
import type { CasesQuery, CasesQueryVariables, RegisterCaseInput } from "./generated/graphql.ts";

// @ts-expect-error a page needs its size
export const withoutSize: CasesQueryVariables = {};
// @ts-expect-error there is no such indicator type
export const indicator: RegisterCaseInput["indicator"] = 5;
// @ts-expect-error there is no such kind
export const kind: RegisterCaseInput["kind"] = "WISH";
// @ts-expect-error this field was not asked for
export const text = (page: CasesQuery) => page.cases.nodes[0]?.text;
