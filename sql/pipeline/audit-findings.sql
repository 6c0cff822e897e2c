-- What audits found, by audit and day: some messages, and how many there are.
SELECT f.audit AS audit, toString(f.date) AS date, count() AS found, groupArraySorted({{ shown }})(f.message) AS messages
FROM
(
{{ selects }}
) AS f
GROUP BY f.audit, f.date
