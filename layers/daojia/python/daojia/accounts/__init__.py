"""People: their WeChat identities, phone, address book, sessions."""
