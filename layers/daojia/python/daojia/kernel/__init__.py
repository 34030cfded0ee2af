"""Words everyone shares: money, time, ids, places, errors, texts, tables, transactions, events."""
