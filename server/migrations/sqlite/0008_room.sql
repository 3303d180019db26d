-- About PostgreSQL's pages alone; the number is kept in step.
SELECT 1;
