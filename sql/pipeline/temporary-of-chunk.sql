-- Tables of ours by the beginnings of their names.
SELECT t.name AS name
FROM system.tables AS t
WHERE t.database = {database:String} AND arrayExists(prefix -> startsWith(t.name, prefix), {prefixes:Array(String)})
