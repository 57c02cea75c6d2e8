"""The statement of the bare figures, for both databases: an agency's month as JSON."""

from __future__ import annotations

_FIGURES = """
WITH registered AS (
    SELECT c.main_agency_id AS key,
        count(*) FILTER (WHERE c.status <> 'out_of_scope') AS registered,
        count(*) FILTER (WHERE c.status = 'out_of_scope') AS out_of_scope
    FROM cases c WHERE c.registered_at >= $1 AND c.registered_at < $2 AND c.main_agency_id = $3
    GROUP BY 1
), rounds AS (
    SELECT c.main_agency_id AS key, r.answered_at <= r.due_at AS in_time, n.id AS following,
        {answered} - {started} - r.paused_seconds AS ran
    FROM case_round r JOIN cases c ON c.id = r.case_id
        LEFT JOIN case_round n ON n.case_id = r.case_id AND n.number = r.number + 1
    WHERE r.answered_at >= $1 AND r.answered_at < $2 AND c.main_agency_id = $3
), answered AS ({answers}
), breached AS (
    SELECT c.main_agency_id AS key, count(*) AS breaches
    FROM breach b JOIN cases c ON c.id = b.case_id
    WHERE b.created_at >= $1 AND b.created_at < $2 AND c.main_agency_id = $3 GROUP BY 1
), surveyed AS (
    SELECT c.main_agency_id AS key, count(*) AS surveys, count(s.scored_at) AS replies
    FROM survey s JOIN cases c ON c.id = s.case_id
    WHERE s.asked_at >= $1 AND s.asked_at < $2 AND c.main_agency_id = $3 GROUP BY 1
), rated AS (
    SELECT c.main_agency_id AS key, count(*) AS ratings, sum(f.rating) AS rating_sum,
        count(*) FILTER (WHERE f.rating >= 4) AS satisfied
    FROM feedback f JOIN cases c ON c.id = f.case_id
    WHERE f.created_at >= $1 AND f.created_at < $2 AND NOT f.superseded AND NOT f.late
        AND c.main_agency_id = $3 GROUP BY 1
), returned AS (
    SELECT e.agency_id AS key, count(*) AS misrouted
    FROM case_event e JOIN cases c ON c.id = e.case_id
    WHERE e.at >= $1 AND e.at < $2 AND e.kind = 'return_to_centre' AND c.main_agency_id = $3
    GROUP BY 1
)
SELECT {object}('data', {object}('figures', {object}('rows', {all}({object}(
    'agency', {object}('code', code, 'name', name),
    'figures', {object}(
        'registered', coalesce(registered, 0), 'answered', coalesce(answered, 0),
        'inTime', {object}('part', coalesce(in_time, 0), 'whole', coalesce(answered, 0)),
        'medianSeconds', median_seconds, 'p90Seconds', p90_seconds,
        'breaches', coalesce(breaches, 0),
        'reopened', {object}('part', coalesce(reopened, 0), 'whole', coalesce(answered, 0)),
        'responses', {object}('part', coalesce(replies, 0), 'whole', coalesce(surveys, 0)),
        'satisfied', {object}('part', coalesce(satisfied, 0), 'whole', coalesce(ratings, 0)),
        'meanRating', CAST(rating_sum AS double precision) / nullif(ratings, 0),
        'misrouted', coalesce(misrouted, 0), 'outOfScope', coalesce(out_of_scope, 0))
)){end})))
FROM (SELECT * FROM registered FULL JOIN answered USING (key) FULL JOIN breached USING (key)
    FULL JOIN surveyed USING (key) FULL JOIN rated USING (key) LEFT JOIN returned USING (key)
    JOIN agency ON agency.id = key ORDER BY code) AS found"""
POSTGRES = _FIGURES.format(
    object="json_build_object",
    all="coalesce(json_agg",
    end=", '[]')",
    answered="floor(extract(epoch FROM r.answered_at))",
    started="floor(extract(epoch FROM r.started_at))",
    answers="""
    SELECT key, count(*) AS answered, count(*) FILTER (WHERE in_time) AS in_time,
        count(following) AS reopened,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY ran) AS median_seconds,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY ran) AS p90_seconds
    FROM rounds GROUP BY key""",
)
SQLITE = _FIGURES.format(
    object="json_object",
    all="json_group_array",
    end="",
    answered="strftime('%s', r.answered_at)",
    started="strftime('%s', r.started_at)",
    answers="""
    SELECT key, count(*) AS answered, count(*) FILTER (WHERE in_time) AS in_time,
        count(following) AS reopened,
        max(ran) FILTER (WHERE rank = (size + 1) / 2) AS median_seconds,
        max(ran) FILTER (WHERE rank = (9 * size + 9) / 10) AS p90_seconds
    FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY ran) AS rank,
        count(*) OVER (PARTITION BY key) AS size FROM rounds) GROUP BY key""",
).replace("$", "?")
