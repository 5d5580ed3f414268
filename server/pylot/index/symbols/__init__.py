"""The symbol table: definitions, uses and imports, in SQLite and, for open documents, as they are typed."""
