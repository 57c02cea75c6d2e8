// A partner's program in TypeScript: every variable and every answer has its type from the schema.
import { CasesDocument, RegisterDocument } from "./generated/graphql.ts";
import type { RegisterCaseInput, TypedDocumentString } from "./generated/graphql.ts";

declare const process: { env: Record<string, string>; argv: string[] };

async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const reply = await fetch(`${process.env.FAVAD_URL}/graphql`, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json",
      authorization: `Bearer ${process.env.FAVAD_KEY}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await reply.json()) as { data?: Result; errors?: unknown[] };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

const input: RegisterCaseInput = JSON.parse(process.argv[2]!);
const { registerCase } = await ask(RegisterDocument, { input });
const made = registerCase.case;
const page = await ask(CasesDocument, { first: 10 });
const [row] = page.cases.nodes.filter((found) => found.id === made?.id);
const seconds: number | undefined = row?.clock?.remainingSeconds;
console.log(JSON.stringify({ errors: registerCase.errors, made, row, seconds, viewer: page.viewer }));
