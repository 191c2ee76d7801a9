import importlib.util


def test_the_page_of_settings_is_what_the_program_has(root):
    spec = importlib.util.spec_from_file_location("make_settings", root / "docs/make_settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text() == module.page(), "run: python docs/make_settings.py"
