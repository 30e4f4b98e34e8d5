"""A program that uses boto3 as people do: the session's credentials, then a call to STS."""
import json

import boto3

session = boto3.Session()
identity = session.client('sts').get_caller_identity()
print(json.dumps({'arn': identity['Arn'], 'boto3': boto3.__version__}))
