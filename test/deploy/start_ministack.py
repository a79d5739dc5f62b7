"""Starts MiniStack and prints every call that IAM denies: a function may go on without the answer and log nothing."""

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
