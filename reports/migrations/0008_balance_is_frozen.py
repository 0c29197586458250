"""What a balance says is never changed: the database refuses it."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION reports_refuse_change_of_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a balance is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.pilot_id, NEW.number, NEW.key, NEW.cut_off, NEW.asked_by_id)
        IS DISTINCT FROM (OLD.pilot_id, OLD.number, OLD.key, OLD.cut_off, OLD.asked_by_id)
    OR OLD.content IS NOT NULL
        AND (NEW.content, NEW.digest, NEW.computed_at, NEW.is_provisional)
        IS DISTINCT FROM (OLD.content, OLD.digest, OLD.computed_at, OLD.is_provisional)
    THEN
        RAISE EXCEPTION 'a balance is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.published_at IS NOT NULL AND NEW.published_at IS NOT NULL
        AND (NEW.words, NEW.published_at, NEW.published_by_id)
        IS DISTINCT FROM (OLD.words, OLD.published_at, OLD.published_by_id)
    THEN
        RAISE EXCEPTION 'a published balance is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER balances_are_frozen BEFORE UPDATE OR DELETE ON reports_balance
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change_of_balance();

CREATE FUNCTION reports_refuse_change_of_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the pictures of a balance are frozen' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER pictures_of_balances_are_frozen BEFORE UPDATE OR DELETE ON reports_balancepicture
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change_of_picture();
"""
THAW = """
DROP TRIGGER pictures_of_balances_are_frozen ON reports_balancepicture;
DROP FUNCTION reports_refuse_change_of_picture();
DROP TRIGGER balances_are_frozen ON reports_balance;
DROP FUNCTION reports_refuse_change_of_balance();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_balance")]
    operations = [migrations.RunSQL(FREEZE, THAW)]
