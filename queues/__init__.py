"""What the house needs of its broker without loading a task: Celery's names and settings, wake-up calls, the inbox."""
