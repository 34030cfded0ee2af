"""What is sold: families, categories, services with price lines, steps and tools; areas served."""
