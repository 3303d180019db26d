-- A card that was asked for under `Password & Security` takes the place of the one of this number once it is looked at. None:
-- what waits in `reveal` is the card that counts already.
ALTER TABLE session ADD COLUMN reveal_after INTEGER;
