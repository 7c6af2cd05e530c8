"""Faults of the world around a night: killed processes, full disks, databases that restart, clocks that go back."""
