"""Double-entry bookkeeping in fen: where every fen of every order is, provably."""
