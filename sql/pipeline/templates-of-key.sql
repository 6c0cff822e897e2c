-- Of a day, team and metric, or state, that is there twice: the templates that have it.
SELECT DISTINCT toString(v.template) AS template
FROM {{ accepted }} AS v
WHERE v.date = {date:Date} AND v.team_id = {team:UInt64} AND v.metric_name = {metric:String} AND v.run IN (SELECT arrayJoin({runs:Array(UInt64)}))
ORDER BY template
