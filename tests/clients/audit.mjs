// The audits of graphql-http: does a server follow the GraphQL-over-HTTP specification?
import { serverAudits } from "graphql-http";

const { FAVAD_URL, FAVAD_KEY } = process.env;
const audits = serverAudits({
  url: `${FAVAD_URL}/graphql`,
  fetchFn: (url, { headers, ...init } = {}) =>
    fetch(url, { ...init, headers: { ...headers, authorization: `Bearer ${FAVAD_KEY}` } }),
});
const results = [];
for (const audit of audits) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason: reason ?? null });
}
console.log(JSON.stringify(results));
