"""The work behind the API, as Celery tasks: tasks are wake-up calls, the stream and the rows are the record."""
