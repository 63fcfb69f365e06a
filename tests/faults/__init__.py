"""Sixty things that go wrong: what each is and which tests prove it (`table`), and how to make it (`script`)."""
