-- Of each of the days: it, and its last seven published days.
{last_days:Array(Tuple(Date, Array(Date)))}
