// The same subscription by four clients, one after the other: what does each hear of a new case?
import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import * as sse from "graphql-sse";
import * as ws from "graphql-ws";
import { CHANGES, REGISTER, headers, input, say, url } from "./inputs.mjs";

const address = `${url.replace("http", "ws")}/ws`;
const connectionParams = { authorization: headers.authorization };
const overWs = ws.createClient({ url: address, connectionParams, retryAttempts: 0 });
const overSse = sse.createClient({ url: `${url}/stream`, headers, retryAttempts: 0 });

async function register() {
  const body = JSON.stringify({ query: REGISTER, variables: { input } });
  const sent = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
  const { data } = await (await fetch(url, sent)).json();
  return data.registerCase.case.id;
}

// A subscription says nothing until something happens: cases are registered until one is heard of.
async function heard(subscribe) {
  const registered = [];
  const first = new Promise((resolve, reject) => {
    subscribe({ next: resolve, error: reject, complete: () => reject(new Error("completed")) });
  });
  let answer;
  first.then((found) => (answer = found), () => {});
  while (!answer) {
    registered.push(await register());
    await Promise.race([first, new Promise((later) => setTimeout(later, 500))]);
  }
  return { data: answer.data, known: registered.includes(answer.data.caseChanged.case.id) };
}

const apollo = new ApolloClient({ link: new GraphQLWsLink(overWs), cache: new InMemoryCache() });
const urql = new Client({
  url,
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: overSse.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});
const request = { query: CHANGES };
say({
  graphqlWs: await heard((sink) => overWs.subscribe(request, sink)),
  graphqlSse: await heard((sink) => overSse.subscribe(request, sink)),
  apollo: await heard((sink) => apollo.subscribe({ query: gql(CHANGES) }).subscribe(sink)),
  urql: await heard(({ next, error }) =>
    urql.subscription(CHANGES, {}).subscribe((found) => (found.error ? error : next)(found)),
  ),
});
process.exit(0);
