import sys

from setup.interpreter import go_on_with_a_new_enough_python

if __name__ == "__main__":
    missing = go_on_with_a_new_enough_python(sys.argv[1:])
    if missing is not None:
        sys.exit(missing)

    # Only now, because an old Python cannot read the rest.
    from setup import bootstrap, llama_server

    sys.exit(llama_server.main() if sys.argv[1:] == ["llama-server"] else bootstrap.main(*sys.argv[1:]))
