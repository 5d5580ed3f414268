import sys

from training.commands import run
from training.failure import TrainingError

if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except TrainingError as error:
        sys.exit(error.sentence)
