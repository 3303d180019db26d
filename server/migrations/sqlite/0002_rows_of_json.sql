-- SQLite has `json_each` and `unhex` by itself; the number is kept in step with PostgreSQL's.
SELECT 1;
