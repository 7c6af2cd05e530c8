"""Tables for analysts: what remittances say, as rows that join, in memory or in files."""
