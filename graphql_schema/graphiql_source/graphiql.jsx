// GraphiQL on this server's own /graphql and /graphql/ws, signed in by the page's session cookie.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import "./page.css";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";

const EXAMPLE = `# Ctrl-Enter runs it, Ctrl-Space completes. Everything here is what you may see and do.
{
  viewer { name role agency { code name } }
  cases(first: 5, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { trackingCode status subject agency { name } }
  }
}
`;

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  wsClient: createClient({ url: "/graphql/ws" }),
});

// The script stands in the page's head and is waited for, so that nothing is shown before its style.
// What is typed here may be personal: it is forgotten when the tab is closed.
document.addEventListener("DOMContentLoaded", () =>
  createRoot(document.getElementById("graphiql")).render(
    <GraphiQL fetcher={fetcher} storage={window.sessionStorage} defaultQuery={EXAMPLE} />,
  ),
);
