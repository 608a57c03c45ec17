"""Coverage-guided fuzzing of everything that reads input, and differential fuzzing."""
