// urql: a mutation, a query by POST and one by GET, a refused document.
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { CASES, REGISTER, headers, input, say, url } from "./inputs.mjs";

const exchanges = [cacheExchange, fetchExchange];
const made = (preferGetMethod) => new Client({ url, exchanges, fetchOptions: { headers }, preferGetMethod });
const client = made(false);
const registered = await client.mutation(REGISTER, { input });
const cases = await client.query(CASES, { first: 10 });
const byGet = await made("force").query("{ viewer { kind } }", {});
const refused = await client.query("{ nothing }", {});
say({
  registered: registered.data?.registerCase,
  cases: cases.data?.cases.nodes,
  byGet: byGet.data,
  refused: refused.error.graphQLErrors.map(({ extensions }) => extensions),
});
