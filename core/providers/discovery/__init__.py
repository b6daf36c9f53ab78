"""The models that providers list: what servers tell about them, what is stored, and which agents are in trouble."""
