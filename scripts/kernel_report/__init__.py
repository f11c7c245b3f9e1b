"""docs/kernels.md, its plot and docs/goals.md, made from records alone. Run scripts/kernel_report.py.

  records.py   assay's records: rows, where a rejected one has reasons and no numbers
  text.py      times, rates and commands as words
  tables.py    how it was measured, the device's ceilings, one table for each operation
  ladder.py    the HGEMM ladder as a table; plot.py draws it
  beside.py    the paired comparisons of scripts/peers_gpu.py
  goals.py     each goal as a rule over both kinds of records; what_binds.txt explains those that were missed

Not supported: records of the CPU, several devices in one document.
"""
