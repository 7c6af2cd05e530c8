"""ptedi: from captured physical-therapy charges to posted remittances, and back to the person who must act."""

__version__ = "0.1.0"
