-- A mail with a link goes before those that only tell.
CREATE INDEX notice_due_link ON notice (due_at) WHERE state = 'waiting' AND sealed IS NOT NULL;
