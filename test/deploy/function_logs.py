"""Prints the functions' CloudWatch Logs, with botocore, which comes with MiniStack."""

import botocore.session

logs = botocore.session.get_session().create_client("logs")
for groups in logs.get_paginator("describe_log_groups").paginate():
    for group in groups["logGroups"]:
        name = group["logGroupName"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            for event in page["events"]:
                print(name, event["message"].rstrip())
