-- Where everything lies on one machine: input files, and below ${WEIR_DATA:-weir-data} an embedded log, a directory of
-- parts and an SQLite database. A cluster.sql with the same four names would move the pipeline without touching its logic.
CREATE SERVER local FOREIGN DATA WRAPPER file;
CREATE SERVER bus FOREIGN DATA WRAPPER log OPTIONS (root '${WEIR_DATA:-weir-data}/log');
CREATE SERVER parts FOREIGN DATA WRAPPER file OPTIONS (root '${WEIR_DATA:-weir-data}/parts');
CREATE SERVER db FOREIGN DATA WRAPPER sqlite OPTIONS (path '${WEIR_DATA:-weir-data}/customers.db');
