"""Sealed months cannot be changed, by the database itself. Final reports of before are sealed."""

from django.db import migrations

# They were final and nobody computed them again: that is what a seal says. What they rested on was
# not kept, so they have no digest and no rows, and the page says so.
SEAL_THE_FINAL = """
UPDATE reports_monthlyreport SET sealed_at = computed_at
WHERE NOT is_provisional AND sealed_at IS NULL
"""
UNSEAL = "UPDATE reports_monthlyreport SET sealed_at = NULL"

TRIGGERS = """
CREATE FUNCTION reports_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is sealed or published does not change'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sealed_reports_do_not_change BEFORE UPDATE OR DELETE ON reports_monthlyreport
    FOR EACH ROW WHEN (OLD.sealed_at IS NOT NULL) EXECUTE FUNCTION reports_refuse_change();
CREATE TRIGGER recomputations_do_not_change BEFORE UPDATE OR DELETE ON reports_recomputation
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change();
CREATE TRIGGER publications_do_not_change BEFORE UPDATE OR DELETE ON reports_publication
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change();

CREATE FUNCTION reports_refuse_change_of_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND OLD.recomputation_id IS NOT NULL) OR EXISTS (
        SELECT FROM reports_monthlyreport AS report
        WHERE report.sealed_at IS NOT NULL AND (
            (TG_OP <> 'INSERT' AND report.id = OLD.report_id)
            OR (TG_OP <> 'DELETE' AND report.id = NEW.report_id)
        )
    ) THEN
        RAISE EXCEPTION 'what is sealed or published does not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_rows_do_not_change BEFORE INSERT OR UPDATE OR DELETE ON reports_reportrows
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change_of_parts();
CREATE TRIGGER sealed_breakdowns_do_not_change
    BEFORE INSERT OR UPDATE OR DELETE ON reports_breakdown
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_change_of_parts();
"""
NO_TRIGGERS = """
DROP TRIGGER sealed_breakdowns_do_not_change ON reports_breakdown;
DROP TRIGGER sealed_rows_do_not_change ON reports_reportrows;
DROP TRIGGER publications_do_not_change ON reports_publication;
DROP TRIGGER recomputations_do_not_change ON reports_recomputation;
DROP TRIGGER sealed_reports_do_not_change ON reports_monthlyreport;
DROP FUNCTION reports_refuse_change_of_parts();
DROP FUNCTION reports_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_sealed_months")]
    operations = [
        migrations.RunSQL(SEAL_THE_FINAL, UNSEAL),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
