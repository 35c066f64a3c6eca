import json


def main(arguments):
    print(json.dumps(arguments))
    return 3
