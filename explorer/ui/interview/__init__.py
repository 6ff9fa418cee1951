"""The modes of the Interview page, one a file, and what they share: `question`."""
