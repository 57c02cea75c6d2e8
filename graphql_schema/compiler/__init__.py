"""Documents compiled to one SQL statement whose only value is the response's JSON (ADR 0011).

`selection` says what a document asks of a type, `template` writes types, relations and pages as SQL
once per document, `sql` knows how PostgreSQL and SQLite write JSON, `run` fills in the actor's
visibility and the arguments and asks the database. What does not fit goes the ordinary way.
"""

from graphql_schema.compiler.run import NoLonger, answer

__all__ = ["NoLonger", "answer"]
