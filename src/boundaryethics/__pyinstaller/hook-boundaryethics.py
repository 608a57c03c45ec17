"""Add the built-in policies and the modules loaded by name to a PyInstaller bundle."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("boundaryethics")
hiddenimports = collect_submodules(
    "boundaryethics", filter=lambda name: "__pyinstaller" not in name
)
