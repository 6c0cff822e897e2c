-- Tables of ours that live as long as one attempt, with the id of the workflow that each belongs to.
SELECT t.name AS name, t.comment AS comment
FROM system.tables AS t
WHERE t.database = {database:String} AND arrayExists(prefix -> startsWith(t.name, prefix), {prefixes:Array(String)})
ORDER BY name
