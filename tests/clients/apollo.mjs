// Apollo Client: a mutation, a query, a refused document, a document that only its hash names.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { CASES, REGISTER, headers, input, say, url } from "./inputs.mjs";

const made = (link) => new ApolloClient({ link, cache: new InMemoryCache() });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const bodies = [];
const http = new HttpLink({
  uri: url,
  headers,
  fetch: (address, init) => {
    bodies.push(init.body ?? address);
    return fetch(address, init);
  },
});

const client = made(http);
const registered = await client.mutate({ mutation: gql(REGISTER), variables: { input } });
const cases = await client.query({ query: gql(CASES), variables: { first: 10 } });
const refused = await client
  .query({ query: gql("{ nothing }") })
  .catch((error) => (CombinedGraphQLErrors.is(error) ? error.errors : String(error)));

bodies.length = 0;
const persisted = made(ApolloLink.from([new PersistedQueryLink({ sha256 }), http]));
const byHash = await persisted.query({ query: gql("query Unknown { viewer { kind } }") });
say({
  registered: registered.data.registerCase,
  cases: cases.data.cases.nodes,
  refused,
  byHash: byHash.data,
  requests: bodies.map((body) => "query" in JSON.parse(body)),
});
