// Types for TypeScript from the committed schema and the documents of a partner's program.
export default {
  schema: "../../graphql_schema/schema.graphql",
  documents: "documents/*.graphql",
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256" },
      },
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { DateTime: "string" },
        useTypeImports: true,
        importExtension: ".ts",
      },
    },
  },
};
