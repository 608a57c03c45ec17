"""Coverage-guided fuzzing of all that reads input, and differential fuzzing."""
