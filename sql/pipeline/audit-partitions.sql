(SELECT arrayJoin({partitions:Array(Date)}) AS date)
