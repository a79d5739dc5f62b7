"""Starts MiniStack and prints every call that IAM denies, since a function may continue without it and log nothing."""

from ministack.app import main
from ministack.core import iam_evaluator

check = iam_evaluator.enforce


def enforce(access_key_id, action, *rest, **named):
    denied = check(access_key_id, action, *rest, **named)
    if isinstance(denied, iam_evaluator.EvalResult):
        print("DENIED", denied.principal_arn, action, named.get("resource_arn", "*"), flush=True)
    return denied


iam_evaluator.enforce = enforce
main()
