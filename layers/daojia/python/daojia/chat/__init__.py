"""Booking by chat: understanding of plain Chinese, the dialogue, WeChat's wire format, one turn of a conversation."""
