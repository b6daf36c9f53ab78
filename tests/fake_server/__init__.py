"""The parts of the fake model server; start with tests/fake_model_server.py."""
