"""GraphQL types, one module per concept. Their roots are the models' rows themselves."""
