-- Mails that were sent and still hold what is not to be read are few among those that were sent.
CREATE INDEX notice_sealed ON notice (give_up_at) WHERE state = 'sent' AND sealed IS NOT NULL;
