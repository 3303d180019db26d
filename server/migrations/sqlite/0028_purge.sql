-- Mails that were sent and still hold what is not to be read are few among those that were sent.
CREATE INDEX notice_sealed ON notice (give_up_at) WHERE state = 'sent' AND sealed IS NOT NULL;

-- So are the factors that count no more, or not yet, among those that do.
CREATE INDEX factor_over ON factor (created_at) WHERE state IN ('pending', 'replaced');
